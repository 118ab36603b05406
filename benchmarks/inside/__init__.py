"""What runs inside the product: with its settings, on its database, in a process of its own."""

import django

django.setup()
