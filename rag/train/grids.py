"""Small tables written for this project, with questions that one of their cells answers, or none.

Prices, fault codes, rates and the like, as they stand in handbooks and contracts. Drawn from the
`random.Random` that is handed in. Knows no model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.train.drawn import ON, Asked, Drawn

Cells = Callable[[random.Random], str]

COLUMNS = (2, 3, 3, 4)  # columns kept beside the key
ROWS = (3, 7)
FOLLOWING = 0.2  # share of questions asked as a follow-up of one about another row
ASKED_ROWS, ASKED_ABSENT = 6, 3  # questions answered and not answered by one table, at most


@dataclass(frozen=True, slots=True)
class Column:
    """A header, how its cells are written, and ways to ask for the cell of {row}."""

    name: str
    cells: Cells
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """A table's title, the header of its first column with the keys, and its other columns."""

    title: str
    key: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]


def _number(low: int, high: int, before: str = "", after: str = "") -> Cells:
    return lambda rng: f"{before}{rng.randint(low, high):,}{after}"


def _price(sign: str, high: int) -> Cells:
    return lambda rng: f"{sign}{rng.randint(2, high)}.{rng.choice(['00', '50', '90', '95', '25'])}"


def _one_of(*cells: str) -> Cells:
    return lambda rng: rng.choice(cells)


def _code(start: str) -> Cells:
    return lambda rng: f"{start}-{rng.randint(100, 999)}"


def _date(rng: random.Random) -> str:
    months = "January February March April May June July August October November".split()
    return f"{rng.randint(1, 28)} {rng.choice(months)} {rng.randint(2015, 2026)}"


def _hours(rng: random.Random) -> str:
    return f"{rng.randint(6, 11)}:{rng.choice(['00', '30'])} to {rng.randint(13, 21)}:00"


THEMES: tuple[Theme, ...] = (
    Theme(
        "Price list", "Product",
        ("Garden hose", "Desk lamp", "Kettle K2", "Bike pump", "Oak shelf", "Rain coat", "Wool blanket 140",
         "Steel pan 24 cm", "Ladder, 3 m", "Cordless drill P18"),
        (
            Column("Price", _price("$", 240), ("How much is the {row}?", "What does the {row} cost?",
                   "price of {row}", "What do I pay for a {row}?")),
            Column("Article no.", _code("AR"), ("What is the article number of the {row}?",
                   "Which article number does the {row} have?", "Under which number do I order the {row}?")),
            Column("In stock", _number(0, 400), ("How many of the {row} are in stock?",
                   "What is the stock of the {row}?")),
            Column("Weight", _number(1, 40, "", " kg"), ("How heavy is the {row}?",
                   "What does the {row} weigh?")),
            Column("Guarantee", _number(6, 60, "", " months"), ("How long is the guarantee on the {row}?",
                   "What guarantee does the {row} come with?")),
        ),
    ),
    Theme(
        "Delivery charges", "Destination",
        ("Domestic", "Northern Europe", "North America", "Japan", "Islands", "Rest of world"),
        (
            Column("Standard", _price("€", 60), ("What does standard delivery to {row} cost?",
                   "How much is standard shipping to {row}?", "standard delivery {row}?")),
            Column("Express", _price("€", 120), ("What is the express charge for {row}?",
                   "How much does express delivery to {row} cost?")),
            Column("Days", _one_of("2 to 3", "3 to 5", "5 to 9", "10 to 14", "next day"),
                   ("How many days does delivery to {row} take?", "How long is delivery to {row}?")),
            Column("Free from", _number(40, 900, "€"), ("From which order value is delivery to {row} free?",
                   "When is shipping to {row} free of charge?")),
        ),
    ),
    Theme(
        "Fault codes", "Code",
        ("F1", "F2", "F3", "H14", "E21", "P07", "A3", "E05", "W9"),
        (
            Column("Meaning", _one_of("water level too low", "door not closed", "filter blocked",
                   "sensor not found", "motor overheated", "pressure above the limit", "battery almost empty",
                   "memory full", "wrong cartridge inserted"), ("What does code {row} mean?",
                   "Which fault does {row} stand for?", "The display shows {row}. What is wrong?", "{row}?")),
            Column("Remedy", _one_of("Fill up to the mark", "Close the door firmly", "Rinse the filter",
                   "Call the service desk", "Let it cool for 20 minutes", "Open the valve slowly",
                   "Charge for two hours", "Switch off and on again", "Delete old records"),
                   ("What should I do when {row} is shown?", "How do I clear fault {row}?",
                    "What is the remedy for {row}?")),
            Column("Lamp", _one_of("red, blinking", "yellow", "green", "off", "red, steady"),
                   ("What does the lamp show at {row}?", "Which light goes with code {row}?")),
        ),
    ),
    Theme(
        "Staff directory", "Name",
        ("Ada Brandt", "Luis Ortega", "Mei Tanaka", "Tom Okafor", "Nina Weiss", "Omar Haddad", "Eva Lind"),
        (
            Column("Role", _one_of("accounts manager", "site engineer", "head of sales",
                   "trainee", "legal counsel", "night supervisor"),
                   ("What is the role of {row}?", "What does {row} do?")),
            Column("Room", _number(100, 480), ("In which room is {row}?", "Where does {row} sit?")),
            Column("Extension", _number(1000, 9900), ("What is the extension of {row}?",
                   "How do I call {row}?")),
            Column("Since", _date, ("Since when has {row} been with us?", "When did {row} start?")),
        ),
    ),
    Theme(
        "Budget", "Department",
        ("Sales", "Research", "Legal", "Support", "Logistics", "Marketing", "Training"),
        (
            Column("Budget 2023", _number(100, 9000, "", " k"), ("What is the 2023 budget of {row}?",
                   "How much could {row} spend in 2023?")),
            Column("Budget 2024", _number(100, 9000, "", " k"), ("What is the 2024 budget of {row}?",
                   "What did {row} get in 2024?")),
            Column("Headcount", _number(2, 140), ("How many people work in {row}?",
                   "What is the headcount of {row}?")),
        ),
    ),
    Theme(
        "Opening hours", "Branch",
        ("Harbour Street", "Old Town", "Airport", "West Mall", "Station", "University"),
        (
            Column("Weekdays", _hours, ("When is {row} open on weekdays?", "opening hours {row} weekdays")),
            Column("Saturday", _hours, ("When is the {row} branch open on Saturdays?",
                   "What are the Saturday hours at {row}?")),
            Column("Phone", _number(200000, 990000), ("What is the phone number of the {row} branch?",
                   "Which number do I call for {row}?")),
        ),
    ),
    Theme(
        "Insurance that the contractor maintains", "Cover",
        ("Public liability", "Professional indemnity", "Cyber risks", "Motor vehicles", "Goods in transit",
         "Employers' liability"),
        (
            Column("Minimum", _number(250, 9000, "USD ", ",000 a year"),
                   ("What is the minimum {row} cover?", "How much {row} insurance must be maintained?",
                    "What sum must be insured for {row}?")),
            Column("Excess", _number(500, 9000, "USD "), ("What is the excess for {row}?",)),
            Column("Until", _date, ("Until when must {row} be insured?", "When does the {row} cover end?")),
        ),
    ),
    Theme(
        "Allowances", "City",
        ("Paris", "Madrid", "Oslo", "Vienna", "New York", "Singapore", "Dublin", "Prague"),
        (
            Column("Hotel a night", _number(90, 320, "€"), ("What is the highest hotel price in {row}?",
                   "How much may a hotel in {row} cost?", "hotel limit {row}")),
            Column("Meals a day", _number(25, 95, "€"), ("What is paid for meals in {row}?",
                   "What is the meal allowance for {row}?")),
            Column("Approved by", _one_of("line manager", "finance director", "nobody", "head of travel"),
                   ("Who approves trips to {row}?", "Whose approval does {row} need?")),
        ),
    ),
    Theme(
        "Technical data", "Model",
        ("Rill 12", "Rill 20", "Brook 35", "Brook 60", "Delta 90", "Delta 120 Pro"),
        (
            Column("Capacity", _number(5, 120, "", " l"), ("What is the capacity of the {row}?",
                   "How many litres does the {row} hold?")),
            Column("Power", _number(20, 2400, "", " W"), ("How much power does the {row} draw?",
                   "What is the power of the {row}?")),
            Column("Noise", _number(20, 75, "", " dB"), ("How loud is the {row}?",)),
            Column("Size", _number(20, 90, "", " x 40 x 25 cm"),
                   ("How big is the {row}?", "What are the dimensions of the {row}?")),
            Column("Colours", _one_of("black, sand", "white", "red, blue, grey", "olive"),
                   ("In which colours is the {row} sold?",)),
        ),
    ),
    Theme(
        "Response times", "Priority",
        ("P1", "P2", "P3", "P4", "Planned work"),
        (
            Column("First answer", _one_of("15 minutes", "1 hour", "4 hours", "next working day", "2 hours"),
                   ("How soon is a {row} ticket answered?", "What is the first answer time for {row}?")),
            Column("Solved within", _one_of("4 hours", "8 hours", "3 working days", "ten days", "one month"),
                   ("Within what time is {row} solved?", "How long may a {row} problem last?")),
            Column("Credit", _number(2, 30, "", " %"), ("What credit is due when {row} is missed?",
                   "Which service credit applies to {row}?")),
        ),
    ),
)  # fmt: skip


def grid(rng: random.Random) -> Drawn:
    """Return a table with questions about it, answered ones and some that it does not answer."""
    theme = rng.choice(THEMES)
    keys = rng.sample(theme.keys, min(len(theme.keys) - 1, rng.randint(*ROWS)))
    columns = rng.sample(theme.columns, min(len(theme.columns), rng.choice(COLUMNS)))
    lines = [f"| {theme.key} | " + " | ".join(column.name for column in columns) + " |"]
    lines.append("|" + " --- |" * (len(columns) + 1))
    asked = []
    told: dict[str, tuple[str, str]] = {}  # the last question and answer of each column
    for key in keys:
        line = f"| {key} |"
        for column in columns:
            cell = column.cells(rng)
            start = sum(len(other) + 1 for other in lines) + len(line) + 1
            line += f" {cell} |"
            text, earlier = _ask(column, key, rng), told.get(column.name)
            told[column.name] = (text, cell)
            if earlier and rng.random() < FOLLOWING:
                text = rng.choice(ON).replace("{row}", key)
            else:
                earlier = None
            asked.append(Asked(text, cell, (start, start + len(cell)), earlier))
        lines.append(line)
    rng.shuffle(asked)
    absent = [_ask(rng.choice(columns), key, rng) for key in theme.keys if key not in keys]
    absent += [_ask(column, rng.choice(keys), rng) for column in theme.columns if column not in columns]
    rng.shuffle(absent)
    questions = [*asked[:ASKED_ROWS], *(Asked(text, None, None) for text in absent[:ASKED_ABSENT])]
    name = theme.title.lower().replace(" ", rng.choice("-_ "))
    title = f"{name}.{rng.choice(['xlsx', 'csv', 'pdf', 'docx', 'md'])} > {theme.title}"
    return Drawn(rng.choice([title, theme.title]), "\n".join(lines), tuple(questions))


def _ask(column: Column, key: str, rng: random.Random) -> str:
    ways: Sequence[str] = (*column.asked, rng.choice(GENERAL).replace("{column}", column.name.lower()))
    return rng.choice(ways).replace("{row}", key)


GENERAL = ("What is the {column} of {row}?", "{row}: {column}?", "Which {column} is given for {row}?")
"""Ways to ask that fit any column."""
