"""Ground floor: lengths, geometry and problems. Imports nothing of the project."""
