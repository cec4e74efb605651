"""Discovery: what a binary has, asked of the binary itself.

Its machines, the devices that a user can create, and for each the shortest command line
that creates it.  Nothing in here knows a device's registers.
"""
