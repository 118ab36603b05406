"""Who is written to."""

from django.db import models


class Reader(models.Model):
    email = models.EmailField(unique=True)
    token = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.email
