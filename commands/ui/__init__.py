"""How the bot speaks: cards, buttons, modals and every sentence."""
