"""The technical floor: settings, database, fact log, processes, logs. Knows no field word."""
