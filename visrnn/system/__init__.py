"""What every stage needs of the machine: files, memory, devices, exceptions, one job's frame."""
