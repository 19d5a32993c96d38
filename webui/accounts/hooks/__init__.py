"""Messages to elsewhere when somebody has signed up: any address, Google Chat, Microsoft Teams."""
