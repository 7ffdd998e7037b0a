# SPDX-License-Identifier: MPL-2.0
"""The tests find the modules beside them."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
