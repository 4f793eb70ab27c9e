"""The live classroom: which camera watches which bench, its pictures as `Frame`s, what can be seen."""
