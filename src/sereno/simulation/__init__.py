"""A town that is not there: streets' traffic, drawn scenes with ground truth, cameras over real RTSP."""
