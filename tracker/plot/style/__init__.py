"""What things look like: type and its widths, colours, shapes, sheets, the frame of a picture."""
