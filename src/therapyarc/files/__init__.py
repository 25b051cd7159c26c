"""Everything that is read or written: study files, library, transcripts, artefacts. One module an artefact."""
