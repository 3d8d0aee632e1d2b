/** Tables on disk, written in parts as they are made: Parquet or CSV, by the ending of the name. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import { type BasicType, fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';

export type ColumnType = 'text' | 'whole' | 'number' | 'flag';

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Values of one column, as many as there are rows. */
export type ColumnValues = readonly string[] | readonly boolean[] | Int32Array | Float32Array;

export interface TableSink {
  /** Adds rows: values by column, in the order of the columns. */
  add(values: readonly ColumnValues[]): void;
  /** Gives the file its name. */
  finish(): void;
  /** Removes what was written. */
  abandon(): void;
}

/** Rows of one group in a Parquet file. */
const rowsPerGroup = 65536;

/** @throws UndertoneError `bad_config` when the name does not end in .parquet or .csv, or cannot be written */
export function openTable(path: string, columns: readonly TableColumn[]): TableSink {
  const isParquet = path.endsWith('.parquet');
  if (!isParquet && !path.endsWith('.csv')) {
    throw new UndertoneError('bad_config', `Expected a table named *.parquet or *.csv; found ${path}.`);
  }
  return new PartFile(path, (part) =>
    isParquet ? new ParquetTable(part, columns) : new CsvTable(part, columns),
  );
}

/** Writes beside the target, so that nothing half-written has its name; errors name the target. */
class PartFile implements TableSink {
  readonly #path: string;
  readonly #part: string;
  readonly #table: Pick<TableSink, 'add' | 'finish'>;

  constructor(path: string, open: (part: string) => Pick<TableSink, 'add' | 'finish'>) {
    this.#path = path;
    this.#part = `${path}.${process.pid}.part`;
    this.#table = this.#writing(() => open(this.#part));
  }

  add(values: readonly ColumnValues[]): void {
    this.#writing(() => this.#table.add(values));
  }

  finish(): void {
    this.#writing(() => {
      this.#table.finish();
      renameSync(this.#part, this.#path);
    });
  }

  abandon(): void {
    rmSync(this.#part, { force: true });
  }

  #writing<T>(write: () => T): T {
    try {
      return write();
    } catch (cause) {
      this.abandon();
      const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
      throw new UndertoneError(
        'bad_config',
        `Expected to write ${this.#path}: ${full ? 'the disk is full' : String(cause)}.`,
        { cause },
      );
    }
  }
}

const parquetTypes: Readonly<Record<ColumnType, BasicType>> = {
  text: 'STRING',
  whole: 'INT32',
  number: 'FLOAT',
  flag: 'BOOLEAN',
};

class ParquetTable {
  readonly #columns: readonly TableColumn[];
  readonly #writer: ParquetWriter;

  constructor(part: string, columns: readonly TableColumn[]) {
    this.#columns = columns;
    this.#writer = new ParquetWriter({
      writer: fileWriter(part),
      schema: schemaFromColumnData({ columnData: this.#data(columns.map(() => [])) }),
      createdBy: 'undertone-train',
    });
  }

  add(values: readonly ColumnValues[]): void {
    void this.#writer.write({ columnData: this.#data(values), rowGroupSize: rowsPerGroup });
  }

  finish(): void {
    void this.#writer.finish();
  }

  #data(values: readonly ColumnValues[]): ColumnData[] {
    return this.#columns.map(({ name, type }, i) => ({
      name,
      data: values[i] as ColumnData['data'],
      type: parquetTypes[type],
      nullable: false,
    }));
  }
}

type ColumnData = Parameters<typeof schemaFromColumnData>[0]['columnData'][number];

class CsvTable {
  readonly #descriptor: number;

  constructor(part: string, columns: readonly TableColumn[]) {
    this.#descriptor = openSync(part, 'w');
    this.#write([columns.map(({ name }) => quoted(name))]);
  }

  add(values: readonly ColumnValues[]): void {
    const rows = values[0]?.length ?? 0;
    this.#write(Array.from({ length: rows }, (_, row) => values.map((column) => cell(column[row]!))));
  }

  finish(): void {
    closeSync(this.#descriptor);
  }

  #write(rows: readonly (readonly string[])[]): void {
    const bytes = Buffer.from(rows.map((row) => `${row.join(',')}\n`).join(''));
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
  }
}

/** Numbers as short as float32 allows; text quoted where it must be (RFC 4180). */
function cell(value: string | number | boolean): string {
  if (Number.isNaN(value)) return '';
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
