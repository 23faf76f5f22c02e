"""The families of faults, in the order of the table."""

import kills
import power

FAMILIES = (kills.FAMILY, power.FAMILY)
