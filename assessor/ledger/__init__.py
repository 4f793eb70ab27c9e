"""What must be provable later (on `store`): audit chain, consent, retention, erasure, export, backup."""
