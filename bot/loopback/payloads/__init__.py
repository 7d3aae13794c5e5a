"""What may be sent: messages, embeds, components, forms and commands, held to Discord's rules."""
