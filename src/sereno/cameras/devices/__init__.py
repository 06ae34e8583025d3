"""The devices process: speaks ONVIF with cameras, and answers control over a socket."""
