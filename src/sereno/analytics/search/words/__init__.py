"""What somebody writes, in Spanish first, as a query; what was not understood is told."""
