"""Why a file cannot be read, in English; translated when shown (the reading process does without Django)."""

TOO_MUCH_TEXT = "This file holds more than %(millions)s million characters of text. Split it into parts."
EMPTY = "There is no text in this file."
DAMAGED = "This file is damaged or cut off; it cannot be opened. Upload it again from the original."
ENCRYPTED = "This file is protected with a password. Remove the password and upload it again."
SCAN = (
    "This PDF has %(pages)s pages but no text: it is a scan. Run text recognition (OCR) over it and upload the result."
)
TOO_SLOW = "Reading this file took longer than %(seconds)s seconds. Split it into smaller files."
TOO_HUNGRY = "Reading this file needs too much memory. Split it into smaller files."
CRASHED = (
    "This file made its reader stop. It is damaged, or made in an unusual way; export it again or use another format."
)
BOMB = "Unpacked, this file would be larger than %(megabytes)s MB. It was not opened."
UNKNOWN_TYPE = "Files of this kind are not read here. These are: %(kinds)s."
WRONG_TYPE = "The name ends in .%(extension)s, but the content is something else. Upload the original file."
MISSING = "The stored file is no longer on the server. Upload it again."
NOT_FOUND_AGAIN = "The search index did not find this document's own passages; it is tried again."
