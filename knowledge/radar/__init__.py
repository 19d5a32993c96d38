"""What documents of one library say twice, in two versions, or otherwise than each other."""
