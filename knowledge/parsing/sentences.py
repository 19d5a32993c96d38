"""Why a file cannot be read, in English; translated when shown (the reading process does without Django)."""

TOO_MUCH_TEXT = "This file holds more than %(millions)s million characters of text. Split it into parts."
EMPTY = "There is no text in this file."
DAMAGED = "This file is damaged or cut off; it cannot be opened. Upload it again from the original."
ENCRYPTED = "This file is protected with a password. Remove the password and upload it again."
SCAN = "This PDF has %(pages)s pages but no text: it is a scan. Text recognition (OCR) can read it."
SCAN_WITHOUT_OCR = (
    "This PDF has %(pages)s pages but no text: it is a scan, and no text recognition is installed on this server."
    " Ask an administrator to install tesseract-ocr, or upload the file after recognising its text elsewhere."
)
PICTURE_WITHOUT_OCR = (
    "This is a picture, and no text recognition is installed on this server. Ask an administrator to install"
    " tesseract-ocr, or upload the text itself."
)
NOTHING_RECOGNISED = "Text recognition (OCR) found no text in this file."
TOO_MANY_PIXELS = "This picture has more than %(millions)s million pixels. Upload a smaller one."
TOO_DEEP = "This file is nested too deeply to be read. It is damaged, or was made to do harm."
HOSTILE_XML = "This file brings XML definitions of its own, which no office program writes. It was not opened."
NO_TEXT_KIND = "This file holds no text in any known encoding; it looks like a program or raw data."
OLD_OFFICE = (
    "This is a file of an older Office program (.doc, .xls or .ppt). Save it as .%(extension)s and upload it again."
)
BROKEN_JSON = "This is no valid JSON: it breaks off or goes wrong in line %(line)s."
PART_MISSING = "This file lacks a part that it needs (%(part)s). Save it again with the program it comes from."
TOO_SLOW = "Reading this file took longer than %(seconds)s seconds. Split it into smaller files."
TOO_HUNGRY = "Reading this file needs too much memory. Split it into smaller files."
CRASHED = (
    "This file made its reader stop. It is damaged, or made in an unusual way; export it again or use another format."
)
BOMB = "Unpacked, this file would be larger than %(megabytes)s MB. It was not opened."
BOMB_RATIO = "Unpacked, this file would grow to %(times)s times its size, as no real document does. It was not opened."
UNKNOWN_TYPE = "Files of this kind are not read here. These are: %(kinds)s."
WRONG_TYPE = "The name ends in .%(extension)s, but the content is something else. Upload the original file."
MISSING = "The stored file is no longer on the server. Upload it again."
NOT_FOUND_AGAIN = "The search index did not find this document's own passages; it is tried again."

# What was left out of a document that was read.
ROWS_LEFT_OUT = "Of “%(table)s” only the first %(rows)s rows were read; the rest of this table is left out."
PAGES_WITHOUT_TEXT = "%(empty)s of %(pages)s pages are pictures without text. Text recognition (OCR) can read them."
PAGES_LEFT_OUT = "Text recognition ran out of time after %(done)s of %(pages)s pages; the others are left out."
ATTACHMENTS_LEFT_OUT = "The attachments of this message were not read: %(names)s."
OUTPUT_LEFT_OUT = "Long outputs of %(cells)s cells were cut."
CHARACTERS_LOST = "%(number)s characters could not be read in any known encoding."
UNREADABLE_PAGES = "%(number)s pages are damaged and could not be read."
