"""From frames to observations: markers, hands, objects, indicators, wires."""
