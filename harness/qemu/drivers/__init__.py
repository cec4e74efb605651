"""Drivers: put a device to work with well-formed requests, as an operating system would.

Each module knows one family of devices and makes nothing but qtest commands; which of
them are sent, and when the machine is cycled between them, is not theirs to know.
"""
