"""A disk of its own for a scenario: an image with ext4, which only root may mount."""

import fcntl
import os
import struct
import subprocess

# EXT4_IOC_SHUTDOWN of fs/ext4/ext4.h, without a flush of the journal.
SHUTDOWN, WITHOUT_FLUSH = 0x8004587D, 2


class Disk:
    def __init__(self, folder, megabytes=512):
        self.image, self.path = os.path.join(folder, "image"), os.path.join(folder, "disk")
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        os.makedirs(self.path)
        self.mounted = False

    def mount(self):
        """False where that cannot be done, as in most containers."""
        done = subprocess.run(["mount", "-o", "loop", self.image, self.path], check=False)
        self.mounted = done.returncode == 0
        return self.mounted

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", self.path], check=True)
        self.mounted = False

    def shut_down(self):
        """From now on every access fails with EIO, and what was not synced is gone."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", WITHOUT_FLUSH))
        finally:
            os.close(folder)
