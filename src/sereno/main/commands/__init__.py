"""One module a command: ``add_arguments(parser)`` and ``run(options)``; imported when it is called for."""
