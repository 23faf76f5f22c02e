"""The families of faults, in the order of the table."""

import canaries
import clocks
import drills
import flips
import full_disk
import keyring_states
import kills
import power
import rotations
import starts
import tampering
import writers

FAMILIES = (
    kills.FAMILY,
    starts.FAMILY,
    rotations.FAMILY,
    power.FAMILY,
    writers.FAMILY,
    flips.FAMILY,
    tampering.FAMILY,
    full_disk.FAMILY,
    keyring_states.FAMILY,
    clocks.FAMILY,
    drills.FAMILY,
    canaries.FAMILY,
)
