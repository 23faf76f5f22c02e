"""The families of faults, in the order of the table."""

import kills

FAMILIES = (kills.FAMILY,)
