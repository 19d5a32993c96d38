"""What a person wants to be remembered: written by their click alone, told to models while it is switched on."""
