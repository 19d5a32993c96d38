"""The library of prompts: texts with variables, kept for oneself or shared with groups, put into the box by `/`."""
