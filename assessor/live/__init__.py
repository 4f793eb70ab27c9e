"""The live classroom: benches looked at while people work at them."""
