"""Pictures: rating images, charts, glyphs and fonts."""
