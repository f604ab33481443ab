"""The first edition's rooms, standing until their successors have taken over."""
