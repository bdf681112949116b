"""Numbers to terminal cells: frames, bars, maps, points and strips, without any terminal library."""
