"""N+1: a recorder on another machine takes the cameras of a dead one over, and gives the footage back."""
