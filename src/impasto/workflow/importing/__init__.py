"""Files become a case: folders of DICOM, files added by hand, and what lies beside them."""
