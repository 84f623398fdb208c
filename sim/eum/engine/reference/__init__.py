"""The reference engine: every resident and shop a Mesa agent, each step in plain sight."""
