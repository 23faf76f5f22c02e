"""The families of faults, in the order of the table."""

import kills
import power
import starts
import writers

FAMILIES = (kills.FAMILY, starts.FAMILY, power.FAMILY, writers.FAMILY)
