"""The map of whose each row is: no table is missing from it, and what it says fits the tables."""

from memory.tables import schema
from memory.upkeep.belonging import BELONGS, Fate


def test_the_map_knows_every_table() -> None:
    assert set(BELONGS) == set(schema.metadata.tables.values())


def test_the_map_speaks_of_each_table_s_own_columns() -> None:
    for table, belonging in BELONGS.items():
        named = (belonging.owner, belonging.turn, belonging.session, *belonging.items, *belonging.words)
        assert {column.table for column in named if column is not None} <= {table}


def test_every_column_that_refers_to_a_person_is_an_owner() -> None:
    people = schema.metadata.tables["user_identities"].c.id
    for table, belonging in BELONGS.items():
        referring = {column for column in table.columns if column.references(people)}
        assert referring <= {belonging.owner}, table.name


def test_what_is_blanked_has_words_to_blank() -> None:
    for table, belonging in BELONGS.items():
        if Fate.BLANKED in belonging.items.values():
            assert belonging.words, table.name
