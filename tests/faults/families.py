"""The families of faults, in the order of the table."""

import flips
import full_disk
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
)
