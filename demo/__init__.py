"""How the demo model that ships with sf-mlx is made; nothing here is installed with it."""
