"""The families of faults, in the order of the table."""

import canaries
import children
import clocks
import columns
import drills
import files
import flips
import full_disk
import keyring_states
import kills
import leaving
import leftovers
import network
import permissions
import power
import races
import rotations
import starts
import tampering
import terminated
import writers

FAMILIES = (
    kills.FAMILY,
    starts.FAMILY,
    rotations.FAMILY,
    power.FAMILY,
    writers.FAMILY,
    terminated.FAMILY,
    flips.FAMILY,
    tampering.FAMILY,
    columns.FAMILY,
    leaving.FAMILY,
    leftovers.FAMILY,
    full_disk.FAMILY,
    keyring_states.FAMILY,
    clocks.FAMILY,
    drills.FAMILY,
    canaries.FAMILY,
    files.FAMILY,
    permissions.FAMILY,
    children.FAMILY,
    network.FAMILY,
    races.FAMILY,
)
