#!/usr/bin/env python
"""Django's command line for pmhub. In a checkout it finds the servers of ./run by itself."""

import os
import sys
from contextlib import nullcontext

from django.core.management import execute_from_command_line

try:
    from pmhub.embedded.servers import lent
except ModuleNotFoundError:  # the image, whose environment has to name everything
    lent = nullcontext

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmhub.settings")
    with lent(sys.argv[1:]):
        execute_from_command_line(sys.argv)
