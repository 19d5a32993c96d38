"""Tools in an answer: what is offered, the rounds of calls, who allows them, and what is shown of them."""
