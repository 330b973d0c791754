"""Web pages and Excel's XML that are called .xls are read as the workbooks that Excel shows of them."""

import pytest

from contacts.spreadsheets import BadFile, Reading, is_read_by_child, open_sheet

# As Excel itself saves a web page: marks for itself, what a cell holds beside what it shows, a narrow column.
OF_EXCEL = """<html xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta http-equiv=Content-Type content="text/html; charset=windows-1252">
<style><!--td {mso-ignore:padding;}--></style>
<!--[if gte mso 9]><xml><x:ExcelWorkbook><x:Name>Clients</x:Name></x:ExcelWorkbook></xml><![endif]--></head>
<body><table x:str border=0><col width=64><col width=80 span=3>
 <col width=0 style='display:none;mso-width-source:userset'>
 <tr height=20><td>Name</td><td>Phone</td><td>Balance</td><td>Due</td><td>ID No</td></tr>
 <tr><td>Otieno &amp; Sons</td><td align=right x:num>254712345678</td><td x:num="5000.4">5,000 </td>
  <td x:num="46387">31/12/2026</td><td x:num>23456789</td></tr>
 <tr style='mso-height-source:userset;display:none'><td>Left</td><td x:num="254722345678">2.54722E+11</td>
  <td x:num>1</td><td></td><td></td></tr>
 <tr><td>Jane<br>Wanjiru</td><td x:num="254733345678">2.54733E+11</td><td x:num="700">#####</td>
  <td x:num="46357">01/12/2026</td><td x:num="712000001">0712000001</td></tr>
<![if !supportMisalignedColumns]><tr height=0><td></td></tr><![endif]></table></body></html>"""

# As a page of a portal writes it: no ends of rows and cells, & as it stands, a table around the table.
OF_A_PORTAL = """
<table width=100%><tr><td><b>Defaulters</b><td align=right>Printed 30/11/2026
<tr><td colspan=2><table border=1>
<thead><th>Member<th>Mobile No.<th>Arrears (KES)
<tbody><tr><td>Njoroge&nbsp;M. & Co<td>="0712345678"<td>1,250.50
<tr><td>Léa Mutua<td><p>0722</p><p>345678</p><td>80<script>document.write("<td>9</td>")</script>
</table><tr><td>Checked by<td>Mary</table>"""

OF_2003 = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<!-- of the core banking system -->
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Worksheet ss:Name="Notes"><Table><Row><Cell><Data ss:Type="String">Written by</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String">Mary</Data></Cell></Row></Table></Worksheet>
 <Worksheet ss:Name="Clients"><Table>
  <Column ss:Width="90"/><Column ss:Index="5" ss:Hidden="1" ss:Span="1"/>
  <Row ss:Index="3"><Cell><Data ss:Type="String">Name</Data></Cell><Cell><Data ss:Type="String">Phone</Data></Cell>
   <Cell><Data ss:Type="String">Balance</Data></Cell><Cell><Data ss:Type="String">Due</Data></Cell>
   <Cell><Data ss:Type="String">At</Data></Cell><Cell><Data ss:Type="String">Active</Data></Cell>
   <Cell><Data ss:Type="String">Officer</Data></Cell></Row>
  <Row><Cell><Data ss:Type="String"><![CDATA[A & <B>]]></Data><Comment><ss:Data>old: 0700000000</ss:Data></Comment></Cell>
   <Cell><Data ss:Type="Number">254712345678</Data></Cell><Cell ss:Formula="=0.1+0.2"><Data ss:Type="Number">0.30000000000000004</Data></Cell>
   <Cell><Data ss:Type="DateTime">2026-12-31T00:00:00.000Z</Data></Cell>
   <Cell><Data ss:Type="DateTime">1899-12-31T14:30:00.000</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell>
   <Cell ss:Index="0" ss:MergeDown="1"><Data ss:Type="String">Mary</Data></Cell></Row>
  <Row ss:Hidden="1"><Cell><Data ss:Type="String">Hidden</Data></Cell><Cell><Data ss:Type="Number">254700000001</Data></Cell></Row>
  <Row ss:Index="7"><Cell ss:Index="2"><Data ss:Type="String">0722345678</Data></Cell>
   <Cell><Data ss:Type="Error">#REF!</Data></Cell><Cell><Data ss:Type="DateTime">2026-12-01T08:15:00.000</Data></Cell></Row>
 </Table></Worksheet></Workbook>"""  # noqa: E501


@pytest.fixture
def opened(tmp_path):
    """Opens a file with this content, and closes it."""
    sheets = []

    def open_it(content, **choices):
        path = tmp_path / "list.xls"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        sheets.append(open_sheet(path, **choices))
        return sheets[-1]

    yield open_it
    for sheet in sheets:
        sheet.close()


def cells(sheet):
    return [row.cells for row in sheet.rows()]


def test_a_page_of_excel_has_the_numbers_that_its_cells_hold(opened):
    sheet = opened(OF_EXCEL.encode("cp1252"))
    assert sheet.headings == ["Name", "Phone", "Balance", "Due", "Column E"]
    assert cells(sheet) == [
        ["Otieno & Sons", "254712345678", "5000.4", "31/12/2026", ""],
        ["Jane Wanjiru", "254733345678", "700", "01/12/2026", ""],
    ]
    assert (sheet.hidden_rows, sheet.hidden_columns) == (1, ["E"])


def test_what_is_hidden_in_a_page_can_be_read_and_a_zero_at_the_front_stays(opened):
    sheet = opened(OF_EXCEL, wanted=Reading("workbook", heading_row=-1, hidden_rows=True, hidden_columns=True))
    assert [row[1] for row in cells(sheet)] == ["254712345678", "254722345678", "254733345678"]
    assert [row[4] for row in cells(sheet)] == ["23456789", "", "0712000001"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_table_within_a_table_that_has_numbers_is_the_list(opened, encoding):
    sheet = opened(OF_A_PORTAL.replace("&nbsp;", "\N{NO-BREAK SPACE}").encode(encoding))
    assert sheet.headings == ["Member", "Mobile No.", "Arrears (KES)"]
    assert cells(sheet) == [["Njoroge M. & Co", "0712345678", "1,250.50"], ["Léa Mutua", "0722 345678", "80"]]
    assert (sheet.sheets, sheet.reading.sheet) == (["Table 1", "Table 2"], "Table 2")
    around = opened(OF_A_PORTAL, sheet="Table 1")
    assert (around.headings, cells(around)) == (["Defaulters", "Printed 30/11/2026"], [["Checked by", "Mary"]])


def test_rows_that_a_cell_lies_over_have_it_too_and_the_next_cells_stand_right_of_it(opened):
    sheet = opened(
        "<!DOCTYPE html><table><tr><th>Officer<th colspan=2>Client<th>Phone"
        "<tr><td rowspan=2>Mary<td>A<td>B<td>0712345678<tr><td>C<td>D<td>0722345678"
        "<tr><td rowspan=9999999>Paul<td>E<td>F<td>0733345678"
        "<tr><td colspan=0>G<td rowspan=0>H<td rowspan=x>0744345678</table>"
    )
    assert cells(sheet) == [
        ["Mary", "A", "B", "0712345678"], ["Mary", "C", "D", "0722345678"], ["Paul", "E", "F", "0733345678"],
        ["Paul", "G", "H", "0744345678"]
    ]  # fmt: skip
    assert sheet.filled_down == [0]


def test_the_xml_of_2003_is_the_workbook_that_it_was(opened):
    sheet = opened(OF_2003)
    assert (sheet.sheets, sheet.reading.sheet) == (["Notes", "Clients"], "Clients")
    assert sheet.headings == ["Name", "Phone", "Balance", "Due", "Column E", "Column F", "Officer"]
    assert cells(sheet) == [
        ["A & <B>", "254712345678", "0.3", "2026-12-31", "", "", "Mary"],
        ["", "0722345678", "#REF!", "2026-12-01T08:15:00", "", "", ""],
    ]
    assert [row.number for row in sheet.rows()] == [4, 7]
    assert (sheet.hidden_rows, sheet.hidden_columns, sheet.filled_down) == (1, ["E", "F"], [])


def test_hidden_columns_of_the_xml_can_be_read(opened):
    sheet = opened(OF_2003, wanted=Reading("workbook", heading_row=-1, hidden_rows=True, hidden_columns=True))
    assert cells(sheet)[0][4:] == ["14:30", "TRUE", "Mary"]
    assert cells(sheet)[1] == ["Hidden", "254700000001", "", "", "", "", "Mary"]


def test_another_table_can_be_chosen(opened):
    sheet = opened(OF_2003, sheet="Notes")
    assert cells(sheet) == [["Mary"]]


def test_it_is_read_again_as_it_was(opened):
    first = opened(OF_2003)
    again = opened(OF_2003, reading=first.reading)
    assert (again.headings, cells(again)) == (first.headings, cells(first))


@pytest.mark.parametrize(
    "start",
    [
        b"<html>", b"\xef\xbb\xbf<!DOCTYPE HTML>", b"\r\n <TABLE border=1>", b"<!-- a --><!-- b --><center>",
        b'<?xml version="1.0"?><ss:Workbook>', b"<meta charset=utf-8><table>", "<html>".encode("utf-16"),
    ],
)  # fmt: skip
def test_it_is_known_by_how_it_begins(start):
    assert is_read_by_child(start)


@pytest.mark.parametrize(
    "start",
    [
        b"<name>,<phone>\nJane,0712345678", b"<tablet>,phone", b'<?xml version="1.0"?><office:document>', b"Name,Phone",
        b"<!-- -->" * 500, b"<?x?>" * 800 + b"<", b"table,body\n",
    ],
)  # fmt: skip
def test_what_begins_otherwise_is_none(start):
    assert not is_read_by_child(start)


@pytest.mark.parametrize(
    "content, code, words",
    [
        ("<html><body>Sign in to go on</body></html>", "not_a_spreadsheet", "There is no table in this web page"),
        ("<table></table>" * 3, "not_a_spreadsheet", "There is no table in this web page"),
        (f"<table><tr><td>{'0' * 33_000}", "too_large", "Row 1: A cell of the workbook is longer"),
        ("<table><tr>" + "<td>0712345678" * 201, "too_wide", "more than 200 columns"),
        ("<table><tr><td colspan=99999999>a<td>b", "too_wide", "more than 200 columns"),
        ('<Workbook><Table><Row ss:Index="9999999"><Cell><Data>a', "too_large", "more than 1,000,000 rows"),
        ("".join(f"<table><tr><td>{number}</table>" for number in range(1001)), "too_large", "more than 1,000 tables"),
        ("<table><tr><td>Phone", "empty", "There"),
    ],
)
def test_what_cannot_be_a_list_is_said(opened, content, code, words):
    with pytest.raises(BadFile, match=words) as caught:
        opened(content)
    assert caught.value.code == code
