"""Lookups that the ORM lacks."""

from typing import Any

from django.db.models import BigAutoField
from django.db.models.lookups import In


@BigAutoField.register_lookup
class AnyOf(In):
    """`pk__any=numbers`: what `pk__in` means, for a set of many numbers.

    To PostgreSQL they go as one array, written out here. As so many parameters they took
    longer to write into the query than all else that is done for a mail.
    """

    lookup_name = "any"

    def get_prep_lookup(self) -> list[int]:
        return list(self.rhs)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, f"{{{','.join(map(str, self.rhs))}}}"]
