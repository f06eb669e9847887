"""Which part of a packed workbook holds which sheet."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from defusedxml import ElementTree

_RELATION: Final = re.compile(r"\{[^}]*/relationships\}id$")


def targets(archive: zipfile.ZipFile, members: Mapping[str, str], relations: str) -> Mapping[str, str]:
    """The parts that a workbook refers to, by the names of the relations; none where it says nothing of them."""
    if relations not in members:
        return {}
    return {
        node.get("Id", ""): str(PurePosixPath("/xl") / node.get("Target", "")).lstrip("/")
        for node in ElementTree.fromstring(archive.read(members[relations]))
    }


def sheet_parts(archive: zipfile.ZipFile) -> Mapping[str, str]:
    """Which part of the package holds each sheet, by the sheet's name."""
    members = {name.lower(): name for name in archive.namelist()}
    book = members["xl/workbook.xml"]
    held = targets(archive, members, "xl/_rels/workbook.xml.rels")
    found = {}
    for node in ElementTree.fromstring(archive.read(book)).iter():
        if node.tag.endswith("}sheet"):
            key = next((value for name, value in node.attrib.items() if _RELATION.search(name)), "")
            target = members.get(held.get(key, "").lower())
            if target is not None:
                found[node.get("name", "")] = target
    return found
