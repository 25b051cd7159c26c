"""Pages on what therapists and clients do, and on what moves a simulated client."""

from making.records import MADE, cell
from therapyarc.coding.codebook import codebook
from therapyarc.dialogue.client.dynamics import coefficients

__all__ = ["codebooks_page", "coefficients_page"]


def codebooks_page() -> str:
    """Return the page on behaviour codes."""
    lines = [
        MADE,
        "# Codebooks",
        "",
        "Own wording; the mapping names the nearest codes of other systems and is no identity. The cue coder applies the",
        "patterns that stand beside each code in the library's files.",
    ]
    for book in map(codebook, ("therapist", "client", "harms", "crisis", "safety")):
        lines += ["", f"## {book.id.capitalize()} (version {book.version})", ""]
        lines += [
            "| code | what counts | examples | what does not | nearest elsewhere |",
            "| --- | --- | --- | --- | --- |",
        ]
        for code in book.codes:
            maps = "; ".join(f"{name}: {value}" for name, value in code.maps.items())
            lines.append(
                f"| `{code.id}` | {cell(code.definition)} | {cell(' / '.join(code.examples))} | "
                f"{cell(' / '.join(code.not_examples))} | {cell(maps)} |"
            )
    return "\n".join(lines) + "\n"


def coefficients_page() -> str:
    """Return the page on what moves a simulated client."""
    table = coefficients()
    lines = [
        MADE,
        "# What moves a simulated client",
        "",
        "Change of a variable by one act at full strength, in the middle of its range. Signs follow the sources, sizes are",
        "ours and are redrawn by `therapyarc calibrate --sensitivity N`. How they are used:",
        "[the simulated client](../explanation/client.md).",
        "",
        "| act | changes | source of the sign |",
        "| --- | --- | --- |",
    ]
    for act, row in table.effects.items():
        changes = ", ".join(f"{name.replace('_', ' ')} {size:+g}" for name, size in row.items())
        lines.append(f"| `{act}` | {changes} | {cell(table.sources[act])} |")
    for part, values in (("turn", table.turn), ("week", table.week)):
        lines += [
            "",
            f"## Within a {part}" if part == "turn" else "## Between sessions",
            "",
            "| name | value | meaning |",
            "| --- | --- | --- |",
        ]
        lines += [
            f"| `{name}` | {value:g} | {cell(table.meanings[name])} |" for name, value in values.items()
        ]
    return "\n".join(lines) + "\n"
