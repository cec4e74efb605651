"""PCI without firmware: functions found, sized, mapped and switched on.

Nothing here knows what a device does behind its registers.
"""
