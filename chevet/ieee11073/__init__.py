"""IEEE 11073 personal health devices: a pure codec of their APDUs and the side of the manager, without any I/O."""
