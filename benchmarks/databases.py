"""Databases on the benchmark's PostgreSQL. One that took long to make serves as the template of others."""

import psycopg
from psycopg import sql

from tests.servers import Postgres


class Databases:
    def __init__(self, server: Postgres) -> None:
        self.server = server

    def url(self, name: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.server.port}/{name}"

    def connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self.url(name), autocommit=True)

    def make(self, name: str, template: str = "template1") -> str:
        """Make a database anew, as a copy of another; whoever still uses the former is cut off."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return name

    def has(self, name: str) -> bool:
        with self.connect("postgres") as connection:
            return connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def _run(self, statement: str, *names: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
