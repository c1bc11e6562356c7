"""Opening everything once: resources, repositories, engines and kinds of jobs."""
